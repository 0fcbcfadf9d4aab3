"""Commands an operator runs, against Azure by their own login or against the local stack; never deployed."""
