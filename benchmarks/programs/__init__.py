"""Programs that run in processes of their own, so that their time, CPU and memory are theirs alone."""
