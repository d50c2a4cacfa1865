"""Known pitfalls of requests and urllib3, each reproduced against the mock upstream and checked."""
