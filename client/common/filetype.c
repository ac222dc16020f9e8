/* SPDX-License-Identifier: ISC */
#include "filetype.h"

#include <string.h>

#include "ascii.h"
#include "utf8.h"

#define OOXML "application/vnd.openxmlformats-officedocument."
#define ODF   "application/vnd.oasis.opendocument."

/* Known by bytes at a fixed place. */
static const struct magic {
    size_t offset;
    const char *bytes;
    size_t len;
    struct filetype type;
} magics[] = {
    {0, "\xff\xd8\xff", 3, {"jpg", "image/jpeg", false}},
    {0, "\x89PNG\r\n\x1a\n", 8, {"png", "image/png", false}},
    {0, "GIF87a", 6, {"gif", "image/gif", false}},
    {0, "GIF89a", 6, {"gif", "image/gif", false}},
    {0, "II*\0", 4, {"tiff", "image/tiff", false}},
    {0, "MM\0*", 4, {"tiff", "image/tiff", false}},
    {0, "%PDF-", 5, {"pdf", "application/pdf", false}},
    {4, "ftyphei", 7, {"heic", "image/heic", false}},
    {4, "ftypmif1", 8, {"heic", "image/heic", false}},
    {4, "ftypmsf1", 8, {"heic", "image/heic", false}},
    {4, "ftypavif", 8, {NULL, NULL, false}}, /* not in the cleaner */
    {4, "ftypcrx ", 8, {NULL, NULL, false}}, /* a camera's raw file */
    {4, "ftyp", 4, {"mp4", "video/mp4", false}},
    {8, "AVI ", 4, {"avi", "video/x-msvideo", false}},
    {8, "WAVE", 4, {"wav", "audio/x-wav", false}},
    {0, "fLaC", 4, {"flac", "audio/flac", false}},
    {0, "OggS", 4, {"ogg", "audio/ogg", false}},
    {0, "ID3", 3, {"mp3", "audio/mpeg", false}},
    {0, "\xff\xfb", 2, {"mp3", "audio/mpeg", false}},
};

/* A zip file is known by the part that only its kind has. */
static const struct zipped {
    const char *part;
    struct filetype type;
} zips[] = {
    {"word/document.xml", {"docx", OOXML "wordprocessingml.document", false}},
    {"xl/workbook.xml", {"xlsx", OOXML "spreadsheetml.sheet", false}},
    {"ppt/presentation.xml",
     {"pptx", OOXML "presentationml.presentation", false}},
};

/* The others say it in their first part, which is stored as it is. */
static const struct filetype opens[] = {
    {"odt", ODF "text", false},
    {"ods", ODF "spreadsheet", false},
    {"odp", ODF "presentation", false},
    {"odg", ODF "graphics", false},
    {"epub", "application/epub+zip", false},
};

static const struct filetype plain_text = {"txt", "text/plain", true};

static bool
starts(const uint8_t *in, size_t len, size_t offset, const char *bytes,
       size_t n)
{
    return len >= offset && len - offset >= n &&
           memcmp(in + offset, bytes, n) == 0;
}

static const struct filetype *
zip_type(const uint8_t *in, size_t len)
{
    /* Local header of 30 bytes, the name "mimetype", the type. */
    if (starts(in, len, 30, "mimetype", 8)) {
        for (size_t i = 0; i < sizeof opens / sizeof *opens; i++) {
            const char *media = opens[i].media;
            size_t n = strlen(media);

            if (starts(in, len, 38, media, n) &&
                starts(in, len, 38 + n, "PK", 2)) {
                return &opens[i];
            }
        }
        return NULL;
    }
    if (memmem(in, len, "[Content_Types].xml", 19) == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof zips / sizeof *zips; i++) {
        if (memmem(in, len, zips[i].part, strlen(zips[i].part)) != NULL) {
            return &zips[i].type;
        }
    }
    return NULL;
}

static bool
is_plain_text(const uint8_t *in, size_t len, const char *path)
{
    static const char *const names[] = {".txt", ".csv", ".md", ".log"};
    const char *dot = strrchr(path, '.');
    bool named = false;

    for (size_t i = 0; dot != NULL && i < sizeof names / sizeof *names; i++) {
        named = named || ascii_is_word(dot, names[i]);
    }
    if (!named || !utf8_is_valid(in, len)) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if ((in[i] < ' ' && in[i] != '\n' && in[i] != '\r' && in[i] != '\t') ||
            in[i] == 0x7f) {
            return false;
        }
    }
    return true;
}

const struct filetype *
filetype_of(const uint8_t *in, size_t len, const char *path)
{
    if (starts(in, len, 0, "PK\3\4", 4)) {
        return zip_type(in, len);
    }
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++) {
        const struct magic *m = &magics[i];

        if (starts(in, len, m->offset, m->bytes, m->len)) {
            return m->type.extension != NULL ? &m->type : NULL;
        }
    }
    return is_plain_text(in, len, path) ? &plain_text : NULL;
}

const char *
filetype_ending(const uint8_t *in, size_t len)
{
    const struct filetype *t =
        len == 0 ? NULL : filetype_of(in, len, ".txt");

    return t != NULL ? t->extension : NULL;
}
