// The vendor's client against the emulator: one line of JSON says what it made of the answers.
// node client.mjs BASE_URL KEY PHOTO PICTURE_OUT; with the packages found from where it is copied to.
import { readFileSync, writeFileSync } from "node:fs";
import { ApiError, GoogleGenAI } from "@google/genai";

const [base, key, photo, out] = process.argv.slice(2);
const client = (apiKey) => new GoogleGenAI({ apiKey, httpOptions: { baseUrl: base } });
const ai = client(key);
const seen = {};

const picture = await ai.models.generateContent({
  model: "gemini-nano-banana-2.1",
  contents: [{ role: "user", parts: [
    { text: "Remove the background." },
    { inlineData: { mimeType: "image/jpeg", data: readFileSync(photo).toString("base64") } },
  ] }],
  config: { responseModalities: ["IMAGE"], imageConfig: { aspectRatio: "1:1", imageSize: "1K" } },
});
const inline = picture.candidates[0].content.parts.filter((p) => p.inlineData && !p.thought).pop().inlineData;
writeFileSync(out, Buffer.from(inline.data, "base64"));
seen.picture = {
  mime: inline.mimeType, finish: picture.candidates[0].finishReason, model: picture.modelVersion, id: picture.responseId,
  in: picture.usageMetadata.promptTokenCount, out: picture.usageMetadata.candidatesTokenCount,
  details: picture.usageMetadata.candidatesTokensDetails,
};

const text = await ai.models.generateContent({
  model: "gemini-3.5-flash-lite",
  contents: 'Write. {"title":"Umber jug","category":"Kitchen"}',
  config: {
    responseMimeType: "application/json",
    responseJsonSchema: {
      type: "object", required: ["en"],
      properties: { en: { type: "object", properties: { title: { type: "string" } }, required: ["title"] } },
    },
  },
});
seen.text = { json: JSON.parse(text.text), finish: text.candidates[0].finishReason, thoughts: text.usageMetadata.thoughtsTokenCount ?? 0 };

seen.models = [];
for await (const model of await ai.models.list()) seen.models.push(model.name);

const failure = async (call) => {
  try {
    await call();
    return null;
  } catch (e) {
    return { api: e instanceof ApiError, status: e.status, says: String(e.message).slice(0, 300) };
  }
};
seen.wrongKey = await failure(() => client("wrong").models.generateContent({ model: "gemini-3.5-flash-lite", contents: "x" }));
seen.noModel = await failure(() => ai.models.generateContent({ model: "gemini-9-image", contents: "x" }));
seen.candidateCount = await failure(() => ai.models.generateContent({
  model: "gemini-nano-banana-2.1", contents: "x", config: { candidateCount: 2 },
}));
console.log(JSON.stringify(seen));
