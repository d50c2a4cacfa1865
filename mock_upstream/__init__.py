"""A mock upstream that injects faults into its responses, exactly and repeatably."""
