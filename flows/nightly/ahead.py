"""What runs beside a night's flow: processes started while Prefect is still being imported."""

from dataclasses import dataclass, field

from llmpairs.flows.nightly.crawl_process import Crawl
from llmpairs.flows.nightly.gate_process import Gate
from llmpairs.progress import Stages


@dataclass
class Ahead:
    """What a night has running beside its flow."""

    gate: Gate
    stages: Stages
    crawls: list[Crawl] = field(default_factory=list)
    given_up: dict[str, str] = field(default_factory=dict)
