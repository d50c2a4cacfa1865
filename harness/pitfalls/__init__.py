"""Known pitfalls of requests and urllib3, each played against a real upstream and checked."""
