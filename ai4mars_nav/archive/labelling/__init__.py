"""Who labels what: accounts, projects, tasks and the labels that were given."""
