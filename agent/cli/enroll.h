/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `caltrop enroll`: joins a fleet with a one-time token. The device's key is made on the device and never leaves it.
 * The token is sent only after the server has shown the CA whose hash is in the token. The certificate and the trust
 * bundle are written where the guard looks for them (agent/common/trust.h), and a running guard is asked to read them.
 *
 * The key and the request of an unfinished try are kept (identity/enroll_key.pem, enroll.csr), and the next try sends
 * the same request. So a lost answer does not use the token twice, and a device that was approved meanwhile gets its
 * certificate.
 */
#pragma once

/* Returns enum command_exit. */
int enroll_main(int argc, char **argv);
