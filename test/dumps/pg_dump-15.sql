--
-- PostgreSQL database dump
--

\restrict WQusEAIROrgEH6ZZaPhvcncOVMopeO6W6VfYaObcfeEab5nVdevUxaGaOXtSuiw

-- Dumped from database version 15.18
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: Press; Type: SCHEMA; Schema: -; Owner: postgres
--

CREATE SCHEMA "Press";


ALTER SCHEMA "Press" OWNER TO postgres;

--
-- Name: address; Type: TYPE; Schema: Press; Owner: postgres
--

CREATE TYPE "Press".address AS (
	street text,
	"Zip" character varying(10)
);


ALTER TYPE "Press".address OWNER TO postgres;

--
-- Name: email; Type: DOMAIN; Schema: public; Owner: postgres
--

CREATE DOMAIN public.email AS text COLLATE pg_catalog."C"
	CONSTRAINT email_check CHECK ((VALUE ~~ '%@%'::text));


ALTER DOMAIN public.email OWNER TO postgres;

--
-- Name: mood; Type: TYPE; Schema: public; Owner: postgres
--

CREATE TYPE public.mood AS ENUM (
    'calm',
    'it''s wild'
);


ALTER TYPE public.mood OWNER TO postgres;

--
-- Name: plus(integer, integer); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.plus(a integer, b integer) RETURNS integer
    LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC
 SELECT (a + b);
END;


ALTER FUNCTION public.plus(a integer, b integer) OWNER TO postgres;

--
-- Name: touch(); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.touch() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  NEW.changed := now(); -- a ; and a "quote
  RETURN NEW;
END $$;


ALTER FUNCTION public.touch() OWNER TO postgres;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: Orders; Type: TABLE; Schema: Press; Owner: postgres
--

CREATE TABLE "Press"."Orders" (
    "Id" integer NOT NULL,
    customer_id bigint,
    state text DEFAULT 'new'::text NOT NULL,
    amount numeric(12,2),
    during tstzrange,
    note text,
    CONSTRAINT has_note CHECK ((note IS NOT NULL))
);

ALTER TABLE ONLY "Press"."Orders" REPLICA IDENTITY FULL;


ALTER TABLE "Press"."Orders" OWNER TO postgres;

--
-- Name: COLUMN "Orders".state; Type: COMMENT; Schema: Press; Owner: postgres
--

COMMENT ON COLUMN "Press"."Orders".state IS 'new, paid';


--
-- Name: Orders_Id_seq; Type: SEQUENCE; Schema: Press; Owner: postgres
--

CREATE SEQUENCE "Press"."Orders_Id_seq"
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER TABLE "Press"."Orders_Id_seq" OWNER TO postgres;

--
-- Name: Orders_Id_seq; Type: SEQUENCE OWNED BY; Schema: Press; Owner: postgres
--

ALTER SEQUENCE "Press"."Orders_Id_seq" OWNED BY "Press"."Orders"."Id";


--
-- Name: base; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.base (
    a integer NOT NULL,
    b integer
);


ALTER TABLE public.base OWNER TO postgres;

--
-- Name: customers; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.customers (
    id bigint NOT NULL,
    email public.email,
    name character varying(80) DEFAULT 'nobody; really'::character varying NOT NULL COLLATE pg_catalog."C",
    feels public.mood DEFAULT 'calm'::public.mood,
    home "Press".address,
    tags text[] DEFAULT '{}'::text[],
    name_length integer GENERATED ALWAYS AS (length((name)::text)) STORED,
    changed timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT "named at all" CHECK (((name)::text <> ''::text))
);


ALTER TABLE public.customers OWNER TO postgres;

--
-- Name: TABLE customers; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON TABLE public.customers IS 'Who buys; and who doesn''t';


--
-- Name: counts; Type: MATERIALIZED VIEW; Schema: public; Owner: postgres
--

CREATE MATERIALIZED VIEW public.counts AS
 SELECT customers.feels,
    count(*) AS n
   FROM public.customers
  GROUP BY customers.feels
  WITH NO DATA;


ALTER TABLE public.counts OWNER TO postgres;

--
-- Name: customers_id_seq; Type: SEQUENCE; Schema: public; Owner: postgres
--

ALTER TABLE public.customers ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.customers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: derived; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.derived (
    c integer,
    CONSTRAINT derived_c_check CHECK ((c > 0))
)
INHERITS (public.base);


ALTER TABLE public.derived OWNER TO postgres;

--
-- Name: event_notes; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.event_notes (
    event bigint,
    at date,
    note text
);


ALTER TABLE public.event_notes OWNER TO postgres;

--
-- Name: events; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.events (
    id bigint NOT NULL,
    at date NOT NULL,
    body jsonb,
    customer bigint
)
PARTITION BY RANGE (at);


ALTER TABLE public.events OWNER TO postgres;

--
-- Name: events_2024; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.events_2024 (
    id bigint NOT NULL,
    at date NOT NULL,
    body jsonb,
    customer bigint
);


ALTER TABLE public.events_2024 OWNER TO postgres;

--
-- Name: events_2025; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.events_2025 (
    id bigint NOT NULL,
    at date NOT NULL,
    body jsonb,
    customer bigint
)
PARTITION BY HASH (id);


ALTER TABLE public.events_2025 OWNER TO postgres;

--
-- Name: events_2025_a; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.events_2025_a (
    id bigint NOT NULL,
    at date NOT NULL,
    body jsonb,
    customer bigint
);


ALTER TABLE public.events_2025_a OWNER TO postgres;

--
-- Name: events_2025_b; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.events_2025_b (
    id bigint NOT NULL,
    at date NOT NULL,
    body jsonb,
    customer bigint
);


ALTER TABLE public.events_2025_b OWNER TO postgres;

--
-- Name: events_rest; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.events_rest (
    id bigint NOT NULL,
    at date NOT NULL,
    body jsonb,
    customer bigint
);


ALTER TABLE public.events_rest OWNER TO postgres;

--
-- Name: loose; Type: SEQUENCE; Schema: public; Owner: postgres
--

CREATE SEQUENCE public.loose
    START WITH 7
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER TABLE public.loose OWNER TO postgres;

--
-- Name: named; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.named AS
 SELECT customers.id,
    customers.name
   FROM public.customers;


ALTER TABLE public.named OWNER TO postgres;

--
-- Name: scratch; Type: TABLE; Schema: public; Owner: postgres
--

CREATE UNLOGGED TABLE public.scratch (
    a integer
)
WITH (fillfactor='70');


ALTER TABLE public.scratch OWNER TO postgres;

--
-- Name: events_2024; Type: TABLE ATTACH; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.events ATTACH PARTITION public.events_2024 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');


--
-- Name: events_2025; Type: TABLE ATTACH; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.events ATTACH PARTITION public.events_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');


--
-- Name: events_2025_a; Type: TABLE ATTACH; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.events_2025 ATTACH PARTITION public.events_2025_a FOR VALUES WITH (modulus 2, remainder 0);


--
-- Name: events_2025_b; Type: TABLE ATTACH; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.events_2025 ATTACH PARTITION public.events_2025_b FOR VALUES WITH (modulus 2, remainder 1);


--
-- Name: events_rest; Type: TABLE ATTACH; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.events ATTACH PARTITION public.events_rest DEFAULT;


--
-- Name: Orders Id; Type: DEFAULT; Schema: Press; Owner: postgres
--

ALTER TABLE ONLY "Press"."Orders" ALTER COLUMN "Id" SET DEFAULT nextval('"Press"."Orders_Id_seq"'::regclass);


--
-- Name: Orders Orders_customer_id_Id_key; Type: CONSTRAINT; Schema: Press; Owner: postgres
--

ALTER TABLE ONLY "Press"."Orders"
    ADD CONSTRAINT "Orders_customer_id_Id_key" UNIQUE (customer_id, "Id");


--
-- Name: Orders Orders_pkey; Type: CONSTRAINT; Schema: Press; Owner: postgres
--

ALTER TABLE ONLY "Press"."Orders"
    ADD CONSTRAINT "Orders_pkey" PRIMARY KEY ("Id");


--
-- Name: Orders apart; Type: CONSTRAINT; Schema: Press; Owner: postgres
--

ALTER TABLE ONLY "Press"."Orders"
    ADD CONSTRAINT apart EXCLUDE USING gist (during WITH &&);


--
-- Name: Orders has_amount; Type: CHECK CONSTRAINT; Schema: Press; Owner: postgres
--

ALTER TABLE "Press"."Orders"
    ADD CONSTRAINT has_amount CHECK ((amount IS NOT NULL)) NOT VALID;


--
-- Name: customers customers_email_key; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.customers
    ADD CONSTRAINT customers_email_key UNIQUE (email);


--
-- Name: customers customers_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.customers
    ADD CONSTRAINT customers_pkey PRIMARY KEY (id);


--
-- Name: events events_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (id, at);


--
-- Name: events_2024 events_2024_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.events_2024
    ADD CONSTRAINT events_2024_pkey PRIMARY KEY (id, at);


--
-- Name: events_2025 events_2025_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.events_2025
    ADD CONSTRAINT events_2025_pkey PRIMARY KEY (id, at);


--
-- Name: events_2025_a events_2025_a_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.events_2025_a
    ADD CONSTRAINT events_2025_a_pkey PRIMARY KEY (id, at);


--
-- Name: events_2025_b events_2025_b_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.events_2025_b
    ADD CONSTRAINT events_2025_b_pkey PRIMARY KEY (id, at);


--
-- Name: events_rest events_rest_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.events_rest
    ADD CONSTRAINT events_rest_pkey PRIMARY KEY (id, at);


--
-- Name: Orders by state; Type: INDEX; Schema: Press; Owner: postgres
--

CREATE INDEX "Orders by state" ON "Press"."Orders" USING btree (state, lower(note) DESC) INCLUDE (amount) WHERE (amount > (0)::numeric);


--
-- Name: orders_customer; Type: INDEX; Schema: Press; Owner: postgres
--

CREATE INDEX orders_customer ON "Press"."Orders" USING btree (customer_id);

ALTER TABLE "Press"."Orders" CLUSTER ON orders_customer;


--
-- Name: counts_feels; Type: INDEX; Schema: public; Owner: postgres
--

CREATE UNIQUE INDEX counts_feels ON public.counts USING btree (feels);


--
-- Name: events_customer; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX events_customer ON ONLY public.events USING btree (customer);


--
-- Name: events_2024_customer_idx; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX events_2024_customer_idx ON public.events_2024 USING btree (customer);


--
-- Name: events_2025_customer_idx; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX events_2025_customer_idx ON ONLY public.events_2025 USING btree (customer);


--
-- Name: events_2025_a_customer_idx; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX events_2025_a_customer_idx ON public.events_2025_a USING btree (customer);


--
-- Name: events_2025_b_customer_idx; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX events_2025_b_customer_idx ON public.events_2025_b USING btree (customer);


--
-- Name: events_rest_customer_idx; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX events_rest_customer_idx ON public.events_rest USING btree (customer);


--
-- Name: events_2024_customer_idx; Type: INDEX ATTACH; Schema: public; Owner: postgres
--

ALTER INDEX public.events_customer ATTACH PARTITION public.events_2024_customer_idx;


--
-- Name: events_2024_pkey; Type: INDEX ATTACH; Schema: public; Owner: postgres
--

ALTER INDEX public.events_pkey ATTACH PARTITION public.events_2024_pkey;


--
-- Name: events_2025_a_customer_idx; Type: INDEX ATTACH; Schema: public; Owner: postgres
--

ALTER INDEX public.events_2025_customer_idx ATTACH PARTITION public.events_2025_a_customer_idx;


--
-- Name: events_2025_a_pkey; Type: INDEX ATTACH; Schema: public; Owner: postgres
--

ALTER INDEX public.events_2025_pkey ATTACH PARTITION public.events_2025_a_pkey;


--
-- Name: events_2025_b_customer_idx; Type: INDEX ATTACH; Schema: public; Owner: postgres
--

ALTER INDEX public.events_2025_customer_idx ATTACH PARTITION public.events_2025_b_customer_idx;


--
-- Name: events_2025_b_pkey; Type: INDEX ATTACH; Schema: public; Owner: postgres
--

ALTER INDEX public.events_2025_pkey ATTACH PARTITION public.events_2025_b_pkey;


--
-- Name: events_2025_customer_idx; Type: INDEX ATTACH; Schema: public; Owner: postgres
--

ALTER INDEX public.events_customer ATTACH PARTITION public.events_2025_customer_idx;


--
-- Name: events_2025_pkey; Type: INDEX ATTACH; Schema: public; Owner: postgres
--

ALTER INDEX public.events_pkey ATTACH PARTITION public.events_2025_pkey;


--
-- Name: events_rest_customer_idx; Type: INDEX ATTACH; Schema: public; Owner: postgres
--

ALTER INDEX public.events_customer ATTACH PARTITION public.events_rest_customer_idx;


--
-- Name: events_rest_pkey; Type: INDEX ATTACH; Schema: public; Owner: postgres
--

ALTER INDEX public.events_pkey ATTACH PARTITION public.events_rest_pkey;


--
-- Name: together; Type: STATISTICS; Schema: public; Owner: postgres
--

CREATE STATISTICS public.together (dependencies) ON name, feels FROM public.customers;


ALTER STATISTICS public.together OWNER TO postgres;

--
-- Name: scratch quiet; Type: RULE; Schema: public; Owner: postgres
--

CREATE RULE quiet AS
    ON DELETE TO public.scratch DO INSTEAD NOTHING;


--
-- Name: customers touch; Type: TRIGGER; Schema: public; Owner: postgres
--

CREATE TRIGGER touch BEFORE UPDATE OF name ON public.customers FOR EACH ROW EXECUTE FUNCTION public.touch();


--
-- Name: events watch; Type: TRIGGER; Schema: public; Owner: postgres
--

CREATE TRIGGER watch AFTER INSERT OR DELETE ON public.events FOR EACH ROW EXECUTE FUNCTION public.touch();


--
-- Name: Orders Orders_customer_id_fkey; Type: FK CONSTRAINT; Schema: Press; Owner: postgres
--

ALTER TABLE ONLY "Press"."Orders"
    ADD CONSTRAINT "Orders_customer_id_fkey" FOREIGN KEY (customer_id) REFERENCES public.customers(id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;


--
-- Name: event_notes event_notes_event_at_fkey; Type: FK CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.event_notes
    ADD CONSTRAINT event_notes_event_at_fkey FOREIGN KEY (event, at) REFERENCES public.events(id, at);


--
-- Name: events events_customer_fkey; Type: FK CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE public.events
    ADD CONSTRAINT events_customer_fkey FOREIGN KEY (customer) REFERENCES public.customers(id);


--
-- Name: customers; Type: ROW SECURITY; Schema: public; Owner: postgres
--

ALTER TABLE public.customers ENABLE ROW LEVEL SECURITY;

--
-- Name: customers own; Type: POLICY; Schema: public; Owner: postgres
--

CREATE POLICY own ON public.customers FOR SELECT USING ((id > 0));


--
-- Name: everything; Type: PUBLICATION; Schema: -; Owner: postgres
--

CREATE PUBLICATION everything WITH (publish = 'insert, update, delete, truncate');


ALTER PUBLICATION everything OWNER TO postgres;

--
-- Name: everything customers; Type: PUBLICATION TABLE; Schema: public; Owner: postgres
--

ALTER PUBLICATION everything ADD TABLE ONLY public.customers;


--
-- Name: COLUMN customers.name; Type: ACL; Schema: public; Owner: postgres
--

GRANT SELECT(name),UPDATE(name) ON TABLE public.customers TO PUBLIC;


--
-- Name: DEFAULT PRIVILEGES FOR TABLES; Type: DEFAULT ACL; Schema: Press; Owner: postgres
--

ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA "Press" GRANT SELECT ON TABLES  TO PUBLIC;


--
-- PostgreSQL database dump complete
--

\unrestrict WQusEAIROrgEH6ZZaPhvcncOVMopeO6W6VfYaObcfeEab5nVdevUxaGaOXtSuiw

