/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which server, how it is recognised, and who one is there: $XDG_CONFIG_HOME/caltrop/NAME.json (0600; ~/.config
 * without the variable). Written whole and renamed into place.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONTEXT_PEM_MAX 16384
#define CONTEXT_URL_MAX 300

struct context {
	char name[64];
	char host[256]; /* without brackets */
	uint16_t port;
	char ca[CONTEXT_PEM_MAX]; /* PEM; "": the system's authorities, or the fingerprint alone */
	char fingerprint[65];	  /* SHA-256 of the server's certificate in hex; "": none */
	char user[64];
	char token[128]; /* "": logged out */
};

/* OPTS_GO_ON, or an exit status after saying why. `must_exist` false: an absent one is empty. */
int context_load(struct context *c, bool must_exist);
int context_save(const struct context *c);

/* The directory, made if need be. false after saying why. */
bool context_dir(char *out, size_t cap);

/* "https://host:port", "host:port"; without a port 8444. false: not one. */
bool context_parse_server(struct context *c, const char *text);

/* A whole small file, or standard input for "-", without the line end; NUL-terminated. false after saying why. */
bool context_read_file(const char *path, char *out, size_t cap);
