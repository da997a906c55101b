/** The pages in the vendor's place that test/inprocess/not-believed.test.ts does not play. */
import { PAGES, testPages } from '../../support/not-found-pages.js';

testPages(PAGES.slice(1));
