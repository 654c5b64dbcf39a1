select link, key_exchange from ledger.working_key
