"""The prose of the page, a module for each tab."""
