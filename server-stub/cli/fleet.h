/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fleet half of `caltrop`: one function a command, for the table in table.c. argv[0] is the command's
 * name ("device list"), options and arguments follow. Each returns the exit status:
 *   0 done   1 failed   2 wrong usage   3 done in part   4 not found   5 not logged in or not allowed
 *   6 not reachable, or timed out   7 conflict, or approval is needed
 */
#pragma once

int cmd_login(int argc, char **argv);
int cmd_logout(int argc, char **argv);
int cmd_password(int argc, char **argv);
int cmd_token_create(int argc, char **argv);
int cmd_token_list(int argc, char **argv);
int cmd_token_revoke(int argc, char **argv);
int cmd_device_list(int argc, char **argv);
int cmd_device_show(int argc, char **argv);
int cmd_device_approve(int argc, char **argv);
int cmd_device_revoke(int argc, char **argv);
int cmd_event_list(int argc, char **argv);
int cmd_event_follow(int argc, char **argv);
int cmd_incident_list(int argc, char **argv);
int cmd_incident_show(int argc, char **argv);
int cmd_order_push(int argc, char **argv);
int cmd_order_list(int argc, char **argv);
int cmd_order_show(int argc, char **argv);
int cmd_credential_open(int argc, char **argv);
int cmd_audit_list(int argc, char **argv);
