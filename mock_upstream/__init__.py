"""An upstream that hurts its clients on purpose, exactly and repeatably."""
