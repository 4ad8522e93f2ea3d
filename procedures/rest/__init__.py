"""The procedures behind the URLs of other systems: routes translate, rules stay in procedures."""
