/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a source tells of a socket, in the one form that all of them make and the socket sensor reads: a look at the
 * kernel's list of sockets (sock_diag(7)), connection tracking, the kernel program (agent/bpf). The numbers have the
 * machine's own byte order, since a sample never leaves it. The kernel program includes this file, too, so it needs
 * nothing but the integer types.
 */
#pragma once

#include <stdint.h>

#define SOCKET_SAMPLE_VERSION 1

enum socket_sample_kind {
	SOCKET_SAMPLE_LISTENS = 1,  /* a socket takes what others send to local; of UDP: one that is bound */
	SOCKET_SAMPLE_CLOSED = 2,   /* the socket of that cookie is gone */
	SOCKET_SAMPLE_LOOKED = 3,   /* a look has ended: sockets of the protocol that it did not show are gone */
	SOCKET_SAMPLE_OPENED = 4,   /* the device connected to remote, or sent it the first datagram */
	SOCKET_SAMPLE_ACCEPTED = 5, /* remote connected to the device, or sent it the first datagram */
	SOCKET_SAMPLE_FAILED = 6,   /* the device tried to connect to remote and did not get through */
	SOCKET_SAMPLE_KINDS = 7,
};

enum socket_sample_flags {
	SOCKET_SAMPLE_UID = 1,	   /* uid is known */
	SOCKET_SAMPLE_BACK = 2,	   /* the path is names from the last one to the first, each ended by NUL */
	SOCKET_SAMPLE_EXE_CUT = 4, /* with BACK: the first names are missing */
	SOCKET_SAMPLE_TRIED = 16,  /* OPENED, ACCEPTED: whether it got through is not known */
	SOCKET_SAMPLE_SOUGHT = 32, /* OPENED: its socket was looked for, so nobody who listens is taken for its owner */
	SOCKET_SAMPLE_PENDING = 8, /* UDP: it may be a client, and listens if a later look shows it, too */
};

#define SOCKET_SAMPLE_NAME 16
#define SOCKET_SAMPLE_PATH_MAX 1280u

/* The path of the owner's program follows without padding. An owner that is not known has no pid, name and path. */
struct socket_sample {
	uint8_t version;  /* SOCKET_SAMPLE_VERSION */
	uint8_t kind;	  /* enum socket_sample_kind */
	uint8_t source;	  /* enum connection_source of event/connection.h */
	uint8_t protocol; /* enum connection_protocol */
	uint8_t family;	  /* 4 or 6; of both addresses. An IPv4 address may be mapped into IPv6 */
	uint8_t flags;	  /* enum socket_sample_flags */
	uint16_t exe_len;
	uint64_t cookie;     /* LISTENS, CLOSED: the kernel's number of the socket, never used again */
	uint8_t local[16];   /* network order; IPv4 in the first four */
	uint8_t remote[16];  /* all but LISTENS, CLOSED, LOOKED */
	uint16_t local_port; /* 0: not known */
	uint16_t remote_port;
	uint32_t pid; /* 0: not known */
	uint32_t uid;
	uint32_t look;		       /* LISTENS, LOOKED: the number of the look, from 1 on; 0: it was no look */
	char name[SOCKET_SAMPLE_NAME]; /* ended by NUL if it is shorter */
};

#define SOCKET_SAMPLE_MAX (sizeof(struct socket_sample) + SOCKET_SAMPLE_PATH_MAX)

/* What the kernel program counts, in a map that the core reads. */
struct socket_counts {
	uint64_t opened, accepted, failed, listens; /* that it was called for */
	uint64_t lost;				    /* samples for which there was no room */
};

/* A power of two and of pages: a second of 1,000 connections. */
#define SOCKET_RING_BYTES (256u * 1024u)

/* The list of what listens at the start begins with why no better source is in use, ended by NUL; the samples follow.
 */
struct socket_list {
	char why[160];
};
