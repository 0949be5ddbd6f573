"""All IO: sockets, files, clocks, keys. It carries out effects and decides nothing."""
