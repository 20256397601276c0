/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file `bundle` of the trust directory: the sealed trust bundle (proto/bundle.h) that is in force on this device.
 * Whoever writes it has judged it before; who reads it believes it, because only root can write there.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "agent/base/str.h"
#include "proto/bundle.h"

#define TRUST_BUNDLE_FILE "bundle"

/*
 * Read it, and the SHA-256 of the bytes that were signed. ERR_NOT_FOUND: there is none. ERR_CORRUPT: it does not parse.
 * Other errors are those of open(2) and read(2).
 */
ERR_CHECK enum err trust_bundle_read(int dir, struct bundle *out, uint8_t digest[32]);

/*
 * Put a sealed bundle in its place, mode 0644: bundle.new, fsync(2), rename(2), fsync(2) of the directory. A power cut
 * leaves the old one or this one. ERR_READ_ONLY, ERR_NO_SPACE and other errors of files: the old one is in force, or
 * this one is and may not be durable.
 */
ERR_CHECK enum err trust_bundle_keep(int dir, struct str sealed);

/* Append the certificates of its authorities, as PEM. */
ERR_CHECK enum err trust_bundle_cas(const struct bundle *b, struct buf *pem);
