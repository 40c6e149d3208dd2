"""The process that runs a driver: everything here is loaded in workers and in the forkserver they come from."""
