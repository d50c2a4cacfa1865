"""The parts that a policy adds to a Session: budgets, breakers, throttles, bulkheads and deadlines, in one order."""
