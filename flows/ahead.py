"""What runs beside a night's flow: processes started while Prefect is still being imported."""

from dataclasses import dataclass, field

from flows.crawl import Crawl
from flows.gate import Gate
from flows.progress import Stages


@dataclass
class Ahead:
    """What a night has running beside its flow."""

    gate: Gate
    stages: Stages
    crawls: list[Crawl] = field(default_factory=list)
    given_up: dict[str, str] = field(default_factory=dict)
