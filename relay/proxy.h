/* SPDX-License-Identifier: ISC */
/*
 * The line by which tor names the circuit of a connection
 * (HiddenServiceExportCircuitID haproxy):
 *     PROXY TCP6 fc00:dead:beef:4dad::XXXX:XXXX ::1 port port\r\n
 * source   tor(1), HiddenServiceExportCircuitID; the PROXY protocol, version 1
 */
#ifndef PROXY_H
#define PROXY_H

#include "rc.h"

#include <stddef.h>
#include <stdint.h>

#define PROXY_LINE_MAX 107

/*
 * circuit  tor's number of the circuit
 * used     bytes of the line
 * returns  RC_OK, RC_TRUNCATED (more is needed), RC_FORMAT
 */
enum rc proxy_parse(uint32_t *circuit, size_t *used, const uint8_t *in,
                    size_t len) MUST_CHECK;

#endif
