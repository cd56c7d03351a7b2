"""What every endpoint must do, whoever its vendor is: one suite over all declarations."""
