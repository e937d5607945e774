"""What we tell: charts, tables, answers, and the report that holds them."""
