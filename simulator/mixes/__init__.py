"""Traffic mixes for `cardline load` and locust, as data; docs/load.md says what each key means."""
