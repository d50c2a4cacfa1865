"""What a policy adds to a Session: budgets, breakers, throttles, bulkheads, limiters and deadlines, in one order."""
