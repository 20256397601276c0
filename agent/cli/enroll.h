/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `caltrop enroll`: joins a fleet with a one-time token. The key is made on the device and never leaves it; the
 * server is checked against the CA that the token names before the token is shown to it. What comes back is written
 * where the guard looks for it (agent/common/trust.h); a running guard is told, and links up.
 *
 * The key and the request of a try that did not end are kept (identity/enroll_key.pem, enroll.csr), so that the
 * next try is the same request: an answer that got lost costs no second use of the token, and an approval waited
 * for is found.
 */
#pragma once

/* Returns enum command_exit. */
int enroll_main(int argc, char **argv);
