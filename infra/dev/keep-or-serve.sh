#!/bin/sh
# One process of a FastCGI group: number 0 only keeps the group's socket, the others are
# the handler. supervisord closes the socket when a group's last process ends, and clients
# in that moment would be refused; the keeper never ends.
number=$1
shift
if [ "$number" -eq 0 ]; then exec sleep infinity; fi
exec "$@"
