/* emulator - the server that speaks the model APIs (tests/emulator), as a program. A test is one file and the library.
 */
#include "tests/emulator/bill.c"
#include "tests/emulator/copy.c"
#include "tests/emulator/faults.c"
#include "tests/emulator/gemini.c"
#include "tests/emulator/openai.c"
#include "tests/emulator/pictures.c"
#include "tests/emulator/server.c"
