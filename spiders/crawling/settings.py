"""Scrapy settings of a live crawl and of a replay; only the components that are used are loaded."""

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from llmpairs.spiders.crawling.limits import limit_settings

CONTACT = "https://github.com/llmpairs/llmpairs"


def live_settings() -> dict[str, Any]:
    """Settings of a crawl that requests the sources' pages and records the responses."""
    return {
        **_shared_settings(),
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "DOWNLOAD_TLS_MIN_VERSION": "TLSv1.2",
        # Limits of a host over all sources of a process; sources of one host are crawled in one process.
        "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
        "DNS_TIMEOUT": 10,
        # Hosts in private networks that may be requested, such as a mirror of one's own.
        "PRIVATE_HOSTS_ALLOWED": [],
        "RETRY_GIVE_UP_LOG_LEVEL": "INFO",
        "BACKOFF_FIRST_DELAY": 2.0,
        "BACKOFF_MAX_DELAY": 10.0,
        "DOWNLOADER_MIDDLEWARES": {
            "llmpairs.spiders.crawling.politeness.RobotsMiddleware": 100,
            "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
            "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
            "llmpairs.spiders.crawling.politeness.BackoffMiddleware": 550,
            "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": 590,
            "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": 600,
            "llmpairs.spiders.crawling.middlewares.WholeBodyMiddleware": 610,
            "llmpairs.spiders.crawling.politeness.SameOriginMiddleware": 650,
            "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": 750,
            "llmpairs.spiders.crawling.politeness.HostMiddleware": 890,
            "llmpairs.spiders.crawling.politeness.PublicHostMiddleware": 900,
            "llmpairs.spiders.crawling.middlewares.ConditionalMiddleware": 940,
            "llmpairs.spiders.crawling.middlewares.RecordMiddleware": 950,
        },
    }


def replay_settings() -> dict[str, Any]:
    """Settings of a crawl that archives answer: without download handlers, so that it cannot reach a network."""
    return {
        **_shared_settings(),
        "DOWNLOAD_HANDLERS_BASE": {},
        "DOWNLOADER_MIDDLEWARES": {
            "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": 590,
            "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": 600,
            "llmpairs.spiders.crawling.middlewares.WholeBodyMiddleware": 610,
            "llmpairs.spiders.crawling.politeness.SameOriginMiddleware": 650,
            "llmpairs.spiders.crawling.middlewares.ReplayMiddleware": 950,
        },
    }


def user_agent() -> str:
    """The User-Agent of a live crawl, with an address for the operators of the servers."""
    try:
        release = version("llmpairs")
    except PackageNotFoundError:
        release = "0"
    return f"llmpairs/{release} (+{CONTACT})"


def _shared_settings() -> dict[str, Any]:
    return {
        "USER_AGENT": user_agent(),
        "COOKIES_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "LOG_LEVEL": "WARNING",
        # The largest page on record is 4.2 MB (SWE-bench, 2025-12-10); crafted JSON takes forty times its size.
        "DOWNLOAD_MAXSIZE": 16 * 1024 * 1024,
        "DOWNLOAD_WARNSIZE": 0,
        "REDIRECT_MAX_TIMES": 5,
        "ITEM_PIPELINES": {"llmpairs.spiders.crawling.pipelines.LandingPipeline": 300},
        # Scrapy's default components are disabled, so that only those listed here run.
        "DOWNLOADER_MIDDLEWARES_BASE": {},
        "SPIDER_MIDDLEWARES_BASE": {},
        "SPIDER_MIDDLEWARES": {"scrapy.spidermiddlewares.referer.RefererMiddleware": 700},
        "EXTENSIONS_BASE": {},
        **limit_settings(),
    }
