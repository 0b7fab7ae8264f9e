"""Tables of the warehouse: contracts, storage, releases and queries."""
