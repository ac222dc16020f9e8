/* SPDX-License-Identifier: ISC */
#include "doorwords.h"

#include "cli.h"

void
doorwords_follows(enum rc why, const char *named, const struct doors *list,
                  const struct doors *kept)
{
    cli_error(why == RC_TAKEN
                  ? _("%s: version %llu, older than the list in use, "
                      "version %llu: ask the root signers for the newest")
                  : _("%s: version %llu as the list in use, version %llu, "
                      "but another text: the root signers signed two "
                      "lists; ask them which one is right"),
              named, (unsigned long long)list->version,
              (unsigned long long)kept->version);
}
