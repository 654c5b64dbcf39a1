-- Records without an acquirer reference (DE 31) are rare, and are found by their trace id where a reversal seeks its presentment.
create index record_trace_nameless on clearing.record (trace_id) where arn is null;
