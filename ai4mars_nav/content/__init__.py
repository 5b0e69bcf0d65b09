"""What is in a whole image: classifiers of the archive, trained, judged and run over folders."""
