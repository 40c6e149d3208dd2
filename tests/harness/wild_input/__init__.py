"""Input that nobody should send: what every decoder must survive.

``tables`` holds inputs that are expensive where a decoder is careless; ``bounded`` decodes them in a process of its own
with a bound on time and memory; ``promise`` says what is promised.
"""
