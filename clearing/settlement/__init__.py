"""What is settled: what the network says it nets, what the bank has booked, what our own records make of it.

`positions` reads 1644/685 and 688, `camt053` a bank's statement (`bounded_xml` before it); `position_comparing` and `comparing`
hold them against what we expect. All of these are pure. `keeping` takes a statement in, once and sealed, and books its entries;
`position_reading` does so with positions.
"""
