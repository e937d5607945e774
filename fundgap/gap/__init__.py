"""What it will cost: scenarios, the gap they give, and what a fund covers of it."""
