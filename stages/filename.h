/*
 * filename.h - a SKU as a folder name: safe on every file system, readable where it can be, never shared by two SKUs,
 * and turned back into the SKU exactly.
 *
 *   MUG-001      MUG-001         capital letters, digits, - _ . stay; so do Han, kana and Hangul syllables
 *   a/b%c        a=2Fb=25c=l     every other byte is = and two hexadecimal digits
 *   mug-001      mug-001=l       =l: all its letters are small
 *   Mug-001      Mug-001=m3      =m: which are small, a bit each from the left, so that two SKUs which differ in case only do not
 *                                meet in one folder where the file system takes no notice of case
 *   ..  -x  CON  =2E=2E  =2Dx=l  =43ON     a dot or hyphen in front, a dot at the end, names that Windows keeps for itself
 *   (empty)      =_
 * A name beyond FILENAME_PART_MAX bytes goes on in a folder within the folder: the first part ends and the next begins with "=+".
 *
 * Threads: no state.
 */
#ifndef PACKSHOT_STAGES_FILENAME_H
#define PACKSHOT_STAGES_FILENAME_H

#define FILENAME_PART_MAX 240 /* bytes; the usual limit of a name is 255 */

/* The relative path of the SKU's folder: one name, or several with '/' between. malloc()ed; NULL: no memory. Bytes that are not
 * UTF-8 are kept too. */
char *filename_encode(const char *sku);

/* The SKU of a path that filename_encode() gave. malloc()ed; NULL: it never gave that, or no memory. */
char *filename_decode(const char *path);

#endif
