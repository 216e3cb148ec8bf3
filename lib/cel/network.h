/* Addresses and blocks of addresses (the network extension). */
#ifndef OMNI__CEL_NETWORK_H
#define OMNI__CEL_NETWORK_H

#include "cel/strings.h"

/* An address: IPv4 dotted, or IPv6 (RFC 4291) without a zone and without a
   dotted tail. */
bool
omni__cel_net_parse(omni__slice text, omni__cel_net *out);

/* In its canonical form (RFC 5952), with its prefix if it is a block. */
void
omni__cel_put_net(omni__buffer *out, const omni__cel_net *net, bool block);

#endif
