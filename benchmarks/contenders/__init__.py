"""What is measured: each module runs in a process of its own and prints one line of JSON."""
