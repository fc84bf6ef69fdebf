/* product: two matrices of 32 x 32 integers are multiplied, COUNT times. It prints a checksum. */
#include "print.h"

enum { SIZE = 32 };

static uint32_t left[SIZE][SIZE], right[SIZE][SIZE], product[SIZE][SIZE];

static void multiply(void)
{
        for (int row = 0; row < SIZE; row++) {
                for (int column = 0; column < SIZE; column++) {
                        uint32_t sum = 0;
                        for (int i = 0; i < SIZE; i++)
                                sum += left[row][i] * right[i][column];
                        product[row][column] = sum;
                }
        }
}

void compute(void)
{
        uint32_t checksum = 0;

        for (uint32_t i = 0; i < COUNT; i++) {
                for (uint32_t cell = 0; cell < SIZE * SIZE; cell++) {
                        left[cell / SIZE][cell % SIZE] = cell + i;
                        right[cell / SIZE][cell % SIZE] = cell * 3 + i;
                }
                multiply();
                checksum += product[i % SIZE][SIZE - 1];
        }
        print_number(checksum);
}
