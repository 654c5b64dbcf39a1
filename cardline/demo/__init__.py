"""`cardline demo`: a whole system of its own, a network day, and the books proved at its end."""
