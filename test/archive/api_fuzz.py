"""The schema-driven fuzz of the API: requests made from what `/openapi.json` says, and broken ones.

`python -m pytest test/archive/test_api_fuzz.py` does a few of each;
`FUZZ_EXAMPLES=1000 python -m pytest test/archive/test_api_fuzz.py -s` does many, and counts them.
"""

from __future__ import annotations

import random
from collections import Counter

import hypothesis
import schemathesis
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    not_a_server_error,
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
]
"""Not `positive_data_acceptance`: which classes a project has, and whose task is whose, is in no
schema, so what fits the schema may be refused, in words."""


def fuzz(app, cookies, headers, examples: int, seed: int) -> Counter:
    """Ask for everything in the schema, in every way; how often each status came.

    A finding is an error that says how to ask for it again.
    """
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    counts: Counter = Counter()
    for result in schema.get_all_operations():
        operation = result.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            _fuzz_one(operation, mode, cookies, headers, examples, seed, counts)
    return counts


def _fuzz_one(operation, mode, cookies, headers, examples, seed, counts) -> None:
    rng = random.Random(seed)

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def one(case) -> None:
        if mode == GenerationMode.POSITIVE:
            # numbers of what there is: chance would hardly ever hit them
            for name, value in case.path_parameters.items():
                if isinstance(value, int) and rng.random() < 0.7:
                    case.path_parameters[name] = rng.randint(0, 4)
        response = case.call(cookies=cookies, headers=headers)
        counts[response.status_code] += 1
        case.validate_response(response, checks=CHECKS)

    one()
