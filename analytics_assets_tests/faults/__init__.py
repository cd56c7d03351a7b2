"""What goes wrong on the wire, met over real sockets."""
