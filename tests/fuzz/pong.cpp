// Pongs of a client, a line of the input each: whatever they say, only what was sent and
// pinged is confirmed, in its order and once.
#include "confirmer.h"
#include "fuzz.h"
#include "json/value.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace hy;
    using fuzz::expect;
    relay::Confirmer confirmer;
    int64_t sent = 0, pinged = 0, taken = 0;
    for (std::string_view rest = fuzz::view(data, size); !rest.empty();) {
        const std::string_view line = fuzz::take(rest, '\n');
        for (size_t i = 0; i <= line.size() % 3; ++i) confirmer.sent(1, ++sent);
        if (!line.starts_with('-')) {
            expect(confirmer.ping() == std::to_string(sent), "a ping names the last that was sent");
            pinged = sent;
            expect(confirmer.ping().empty(), "and is not due again");
        }
        const size_t before = confirmer.confirmed();
        const bool news = confirmer.pong(line);
        expect(news == (confirmer.confirmed() > before), "a pong says whether it confirmed something");
        expect(taken + static_cast<int64_t>(confirmer.confirmed()) <= pinged,
               "nothing is confirmed that was not pinged");
        const auto batch = json::parse(confirmer.take(line.size() % 5));
        expect(batch && batch->array() && batch->array()->size() <= line.size() % 5, "a batch is JSON, and bounded");
        for (const auto& pair : *batch->array())
            expect(pair.array() && (*pair.array())[1].integer() == ++taken, "each once, in its order");
    }
    return 0;
}
