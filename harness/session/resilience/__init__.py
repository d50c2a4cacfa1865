"""What a policy adds to a Session: budgets, breakers, throttles, bulkheads, limiters, hedges, deadlines, in order."""
