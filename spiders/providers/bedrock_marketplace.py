"""Amazon Bedrock price list of models that are sold through the Marketplace: Claude, and others of other developers.

Page: JSON offer file of one region, in the form of the other offer file.
Units: per 1M tokens (`unit` of the price dimension), in every currency that is printed.
Traps:
- See `bedrock`, whose parser reads both files.
"""

from llmpairs.spiders.page import Parsers
from llmpairs.spiders.providers.bedrock import parse_offers

PARSERS: Parsers = {"us_west_2": parse_offers}
