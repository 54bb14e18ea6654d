// Answers of AI providers that come piece by piece: server-sent events of OpenAI's chat completions and of Dify's chat
// messages. Pure: bytes go in, what has been said so far stands in it. A provider that does not stream answers with one
// document, which core/ai reads. Sources: WHATWG HTML "Server-sent events"; OpenAI API reference "Chat completion chunk",
// Dify API "Send Chat Message" (response_mode streaming).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace hy::ai {

class Stream {
public:
    explicit Stream(bool dify) : dify_(dify) {}
    // False: it makes no sense any more, nothing further needs to come.
    bool feed(std::string_view bytes);
    // Of the whole, at its end: a last line may lack its end.
    void finish();

    bool streams() const { return events_; }  // an event came: it is no document
    bool complete() const { return ended_; }  // the provider said that this was all
    const std::string& fault() const { return fault_; }
    const std::string& text() const { return text_; }  // so far, at most 64 KiB
    const std::string& session() const { return session_; }
    // The first 1 MiB, while nothing streams.
    const std::string& document() const { return document_; }
    int64_t tokens_in() const { return tokens_in_; }
    int64_t tokens_out() const { return tokens_out_; }

private:
    void line(std::string_view text);
    void event(std::string_view data);
    void add(std::string_view piece);

    const bool dify_;
    bool events_ = false, ended_ = false, overlong_ = false;
    bool over_ = false;  // its last word was heard
    std::string line_, text_, session_, document_, fault_;
    int64_t tokens_in_ = 0, tokens_out_ = 0;
};

}  // namespace hy::ai
