"""What we tell: charts, tables, headlines, and the report that holds them."""
