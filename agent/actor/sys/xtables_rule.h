/* SPDX-License-Identifier: Apache-2.0 */
/* The guard's chains and rules in the form of xtables_blob.h, made from what a rule is to test. Pure. */
#pragma once

#include "agent/actor/sys/xtables_blob.h"
#include "agent/base/addr.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define XTABLES_PORTS_MAX 15 /* XT_MULTI_PORTS */
#define XTABLES_DROP (-1)    /* NF_DROP as a standard target has it */
#define XTABLES_RETURN (-5)  /* back to whoever jumped here: what is not dropped goes on to everybody else's rules */

/* A set of ipset as rules name it. */
struct xtables_set {
	uint16_t index;
	uint8_t revision; /* of the match: 4, or 1 for kernels that do not have that */
};

/* Ports as the match multiport has them: each alone, or the first of a range whose last one is the next. */
struct xtables_ports {
	uint8_t count;
	uint16_t ports[XTABLES_PORTS_MAX];
	bool begins[XTABLES_PORTS_MAX];
};

/* What a packet must be, and what becomes of it; 0 and NULL: anything. */
struct xtables_rule {
	const struct addr *peer; /* of the group's family: where it comes from */
	bool to;		 /* or, where it goes to */
	bool loopback;		 /* it comes from there, or goes there */
	uint8_t protocol;
	uint16_t src_port, dst_port;	   /* of TCP or UDP */
	uint16_t src_last, dst_last;	   /* and as far as these */
	const struct xtables_ports *ports; /* of TCP or UDP: where it goes to is one of them */
	bool answers;			   /* TCP: it opens no connection */
	bool later;			   /* TCP: it has ACK or RST, so it begins nothing */
	bool shared;			   /* it is for others, too: a broadcast or multicast */
	bool icmp;			   /* of that type, of the family's ICMP */
	uint8_t icmp_type;
	const uid_t *user;			     /* whose socket sends it */
	const struct xtables_set *src_set, *dst_set; /* where it comes from, or goes to, is in it */
	bool known;		   /* it belongs to a flow that connection tracking knows, or is related to one */
	uint8_t served;		   /* a socket of the device takes it, by that revision of the match, 2 or 3 */
	uint32_t rate;		   /* packets a second that are let through; as many may come at once */
	const uint16_t *log_group; /* the group of nfnetlink_log that gets it; it goes on to the next rule */
	int verdict;		   /* XTABLES_DROP, XTABLES_RETURN, or a chain's place */
};

/* Begin a group without chains, over the caller's memory. */
void xtables_rule_begin(struct xtables_group *g, const char *name, uint8_t family);

/* Begin a chain; a chain that was begun ends there. Returns its place, to jump to. In the order of their names. */
int xtables_rule_chain(struct xtables_group *g, const char *name);

/* Append a rule to it. */
void xtables_rule_put(struct xtables_group *g, const struct xtables_rule *r);

/* End the last chain. ERR_TOO_LONG: the memory was too little for all that came. */
ERR_CHECK enum err xtables_rule_end(struct xtables_group *g);
